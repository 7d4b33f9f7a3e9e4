import './trusted-types.ts';
import './theme/index.css';
import { i18n } from '@lingui/core';
import { fromRight, speak } from './state/language.ts';

// What is loaded after this says its words as it is loaded.
await speak(new URLSearchParams(window.location.search).get('language'));
document.documentElement.lang = i18n.locale;
document.documentElement.dir = fromRight(i18n.locale) ? 'rtl' : 'ltr';
const { start } = await import('./start.tsx');
start();
