/** A repository in memory, behind the verbs of an engine: its key, and what its repo.json says. */
import { createHash } from 'node:crypto';
import type { RepositoryFacts } from '../../main/engine/api.ts';
import { HoldfastError } from '../../main/errors.ts';
import type { FakeVerbs } from './fake-engine.ts';

export const READER_PUBLIC_KEY = new Uint8Array(1216).fill(3);

export class FakeRepository {
  /** The key that opens it; empty before it was created. */
  right: Uint8Array = new Uint8Array();
  facts: RepositoryFacts = { repoId: '', createdMs: 1, generation: 1, clients: [], vault: null, ownerKnown: true };
  /** What a repo.json says that somebody else put there: it is seen by whoever looks without the key. */
  forged: RepositoryFacts | null = null;
  /** How often one was created here. */
  created = 0;

  /** Backing up fails: the disk is full. */
  readonly verbs: FakeVerbs = {
    create: async ({ rootKey, repoId }) => {
      if (this.right.length > 0) throw new HoldfastError('repository-exists', 'There is one.', 'Choose another.');
      this.created++;
      this.right = rootKey;
      this.facts = { ...this.facts, repoId: repoId ?? '' };
      return this.facts;
    },
    inspect: async () => this.forged ?? this.facts,
    unlock: async ({ rootKey }) => {
      this.#check(rootKey);
      return this.facts;
    },
    setVault: async ({ rootKey, vault }) => {
      this.#check(rootKey);
      this.facts = { ...this.facts, vault, generation: this.facts.generation + 1 };
      return this.facts;
    },
    changeKey: async ({ rootKey, newRootKey, vault }) => {
      if (Buffer.compare(newRootKey, this.right) !== 0) this.#check(rootKey);
      this.right = newRootKey;
      this.facts = { ...this.facts, vault, generation: this.facts.generation + 1 };
      return { repository: this.facts, keyring: '', removedKeyrings: 1 };
    },
    enrol: async ({ rootKey, clientId }) => {
      this.#check(rootKey);
      return {
        capability: Buffer.concat([Buffer.alloc(40, 5), createHash('sha256').update(READER_PUBLIC_KEY).digest()]),
        readerPublicKey: READER_PUBLIC_KEY,
        clientId: clientId ?? 'c1'.repeat(16),
        repoId: this.facts.repoId,
      };
    },
    backup: async () => {
      throw new HoldfastError('destination-full', 'Full.', 'Make room.');
    },
  };

  #check(rootKey: Uint8Array): void {
    if (Buffer.compare(rootKey, this.right) !== 0) throw new HoldfastError('wrong-key', 'Wrong.', 'Look again.');
  }
}
