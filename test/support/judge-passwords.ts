/** Judges passwords in the app's thread, one after the other; prints for each the code of the refusal, or `taken`. */
import { toHoldfastError } from '../../main/errors.ts';
import { checkPasswordInThread } from '../../main/keys/vault/strength-thread.ts';

const [script = '', known = '', ...passwords] = process.argv.slice(2);
for (const password of passwords) {
  const said = await checkPasswordInThread(script, password, [known]).then(
    () => 'taken',
    (error: unknown) => toHoldfastError(error).code,
  );
  process.stdout.write(`${said}\n`);
}
