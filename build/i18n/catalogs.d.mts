import type { Plugin } from 'vite';
export function viteCatalogs(): Plugin;
export function completeLanguages(): Promise<string[]>;
