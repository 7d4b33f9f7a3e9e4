/**
 * zod brings its messages in some fifty languages, which every program would read at its start: half a megabyte that
 * nothing of ours shows, because what people read comes from our own catalogs. English stays, which zod itself uses.
 */
export const englishZod = {
  name: 'english-zod',
  setup(build) {
    build.onLoad({ filter: /[/\\]zod[/\\]v4[/\\]locales[/\\]index[.]js$/ }, () => ({
      contents: `export { default as en } from './en.js';`,
      loader: 'js',
    }));
  },
};
