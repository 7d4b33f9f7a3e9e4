/**
 * Runs in Electron: draws SVG files at the sizes asked for.
 *
 *   electron rasterise.mjs JOBS.json RESULT.json
 *
 * JOBS: [{ "svg": "<svg ...", "size": 16 }]. RESULT: [{ "png": base64, "rgba": base64 }] in the same order.
 */
import { app, BrowserWindow } from 'electron';
import { readFileSync, writeFileSync } from 'node:fs';

/** In the page: a picture's own width and height let Chromium draw it as vectors at that size. */
async function draw({ svg, size }) {
  const { document, Image } = globalThis;
  const picture = new Image();
  const sized = svg.replace('<svg ', `<svg width="${size}" height="${size}" `);
  picture.src = `data:image/svg+xml,${encodeURIComponent(sized)}`;
  await picture.decode();
  const canvas = Object.assign(document.createElement('canvas'), { width: size, height: size });
  const context = canvas.getContext('2d', { willReadFrequently: true });
  context.drawImage(picture, 0, 0, size, size);
  const { data } = context.getImageData(0, 0, size, size);
  let bytes = '';
  for (let i = 0; i < data.length; i += 8192) bytes += String.fromCharCode(...data.subarray(i, i + 8192));
  return { png: canvas.toDataURL('image/png').split(',')[1], rgba: btoa(bytes) };
}

async function drawAll(jobs) {
  const window = new BrowserWindow({ show: false, webPreferences: { offscreen: true } });
  await window.loadURL('data:text/html,');
  const drawn = [];
  for (const job of jobs) {
    drawn.push(await window.webContents.executeJavaScript(`(${draw.toString()})(${JSON.stringify(job)})`));
  }
  return drawn;
}

const [jobs, result] = process.argv.slice(-2);
app.disableHardwareAcceleration();
// Not awaited at the top: Electron is not ready before this module has loaded.
app
  .whenReady()
  .then(() => drawAll(JSON.parse(readFileSync(jobs, 'utf8'))))
  .then((drawn) => {
    writeFileSync(result, JSON.stringify(drawn));
    app.exit(0);
  })
  .catch((error) => {
    console.error(error);
    app.exit(1);
  });
