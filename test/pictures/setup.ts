/** Before the pictures: builds the page, and says where they cannot be compared. */
import { buildPage } from '../support/fake-bridge/serve.mjs';
import { PAGE } from './stage.ts';
import { beforePictures } from './taken-with.ts';

export default async function prepare(): Promise<void> {
  const why = beforePictures();
  if (why !== null) console.warn(`holdfast: ${why}`);
  await buildPage(PAGE);
}
