/**
 * The gallery of the window's components, and the whole app over the stand-in bridge, for a browser of one's own:
 * `npm run gallery`. Served until Ctrl-C, to this machine only.
 */
import { buildPage, servePage } from './serve.mjs';

await buildPage('gallery');
const { address } = await servePage('gallery');
console.log(`Components:  ${address}/?gallery=buttons   (&language=ar, &theme=dark)`);
console.log(`Screens:     ${address}/?scenario=idle    (the names stand in test/support/fake-bridge/scenarios.ts)`);
