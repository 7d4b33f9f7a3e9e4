/**
 * A process that commits to a SQLite store until it dies by SIGKILL at one chosen step. Each commit changes two keys and
 * removes a third; the number of each that was answered is written out before the next begins.
 * Arguments: database file, step, the commit (from 1) to die in.
 */
import { writeSync } from 'node:fs';
import { openSqliteStore } from '../../../vault/store/sqlite.ts';

const [file, fatal, at] = process.argv.slice(2);
if (file === undefined) throw new Error('which file?');
let number = 0;
const store = await openSqliteStore({
  file,
  onStep: (step) => {
    if (step === fatal && number === Number(at)) process.kill(process.pid, 'SIGKILL');
  },
});
while (number < 1000) {
  number++;
  const value = Buffer.from(String(number).padStart(5000, '0'));
  const found = await store.get('a');
  await store.commit({
    operationId: number.toString(16).padStart(32, '0'),
    conditions: [{ key: 'a', revision: found?.revision ?? 0 }],
    puts: ['a', 'b', `made/${number}`].map((key) => ({ key, value })),
    deletes: [`made/${number - 1}`],
  });
  writeSync(1, `${number}\n`);
}
