/**
 * Electron's main of the pictures: one window for the page. Drawn without a graphics card, so
 * that the same Electron gives the same pixels.
 */
import { app, BrowserWindow } from 'electron';

app.disableHardwareAcceleration();
for (const [name, value] of [
  ['force-device-scale-factor', '1'],
  ['force-color-profile', 'srgb'],
  ['font-render-hinting', 'none'],
  ['disable-font-subpixel-positioning', ''],
  ['disable-lcd-text', ''],
  ['lang', 'en-GB'],
]) {
  app.commandLine.appendSwitch(name, value);
}

// Not awaited: Electron is ready once this module has run.
void app.whenReady().then(async () => {
  const window = new BrowserWindow({
    width: 1280,
    height: 800,
    useContentSize: true,
    frame: false,
    webPreferences: { sandbox: true, contextIsolation: true, backgroundThrottling: false },
  });
  await window.loadURL('about:blank');
});
