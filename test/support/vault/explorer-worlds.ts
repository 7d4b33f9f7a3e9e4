/** The worlds that are explored: who acts in them, what can go wrong, and what must never be so. */
import {
  byte,
  checkpoint,
  commit,
  crash,
  explore,
  NEW_NONCE,
  newWorld,
  OLD_NONCE,
  passDay,
  serves,
  setWork,
  valueOf,
  workOn,
  type Report,
  type World,
} from './explorer.ts';

const RIGHT = 1;
const WRONG = 10;

/** An honest client's login, and an attacker's: neither ever forgets what it was told. */
interface Login {
  id: number;
  told: boolean;
  opened: boolean;
}

export interface Attack {
  vault: World;
  /** Null where no honest client acts. */
  honest: Login | null;
  attackers: Login[];
}

export interface AttackOptions {
  nodes: number;
  limit: number;
  honest: boolean;
  /** Different wrong passwords that are tried. */
  attempts: number;
  rollbacks: number;
  days: number;
  steps: number;
  until?: number;
  trusting?: boolean;
}

/** A node that is free takes a LoginStart; what is refused is answered at once, and changes nobody. */
function start(vault: World, node: number, id: number, strict: boolean): World | null {
  if (vault.nodes[node]?.work !== null || !serves(vault, node)) return null;
  const event = { type: 'loginStart', loginId: byte(id), ke1Hash: byte(id), deviceId: null } as const;
  const { world, refusal } = commit(vault, node, event, strict);
  if (refusal !== null) return world;
  const login = world.store.state.logins.find((one) => valueOf(one.id) === id);
  const phase = login?.answer == null ? 'charged' : 'kept';
  return setWork(world, node, { login: id, ke1: id, nonce: valueOf(world.store.state.lock?.nonce), phase });
}

/** Wrong passwords against a store that is put back, nodes that crash, answers that get lost. */
export function exploreAttack(options: AttackOptions): Report {
  const { limit, attempts, rollbacks, days, steps, until } = options;
  // One machine writes its head into the token before each answer; several sites seal once a minute.
  const strict = options.nodes === 1;
  const first: Attack = {
    vault: { ...newWorld(options.nodes, limit), trusting: options.trusting ?? false },
    honest: options.honest ? { id: RIGHT, told: false, opened: false } : null,
    attackers: [],
  };

  function* moves(world: Attack): Generator<[string, Attack]> {
    const { vault, honest, attackers } = world;
    for (const [n, node] of vault.nodes.entries()) {
      if (node.work !== null) {
        yield [`node ${n} crashes`, { ...world, vault: crash(vault, n) }];
        const worked = workOn(vault, n, strict);
        if (worked !== null) yield [`node ${n} works`, { ...world, vault: worked }];
        if (node.work.phase === 'kept' || node.work.phase === 'refused') {
          const idle = setWork(vault, n, null);
          yield [`answer of ${n} is lost`, { ...world, vault: idle }];
          if (node.work.phase === 'kept')
            yield [`answer of ${n} arrives`, told({ ...world, vault: idle }, node.work.login)];
        }
        continue;
      }
      if (!serves(vault, n)) continue;
      if (honest !== null && !honest.told) {
        const started = start(vault, n, honest.id, strict);
        if (started !== null) yield [`honest starts at ${n}`, { ...world, vault: started }];
      }
      if (honest?.told === true && !honest.opened) {
        const event = { type: 'loginFinish', loginId: byte(honest.id), right: true, sealed: byte(1) } as const;
        const { world: finished, refusal } = commit(vault, n, event, strict);
        yield [`honest finishes at ${n}, no answer`, { ...world, vault: finished }];
        if (refusal === null) {
          yield [`honest finishes at ${n}`, { ...world, vault: finished, honest: { ...honest, opened: true } }];
        }
      }
      if (attackers.length < attempts) {
        const id = WRONG + attackers.length;
        const started = start(vault, n, id, strict);
        const more = [...attackers, { id, told: false, opened: false }];
        if (started !== null) yield [`attacker tries ${id} at ${n}`, { ...world, vault: started, attackers: more }];
      }
      for (const one of attackers) {
        if (!one.told) {
          const started = start(vault, n, one.id, strict);
          if (started !== null) yield [`attacker repeats ${one.id} at ${n}`, { ...world, vault: started }];
        }
        const finish = { type: 'loginFinish', loginId: byte(one.id), right: false, sealed: byte(0) } as const;
        yield [`attacker finishes ${one.id} at ${n}`, { ...world, vault: commit(vault, n, finish, strict).world }];
        const giveUp = { type: 'loginGiveUp', loginId: byte(one.id), ke1Hash: byte(one.id) } as const;
        yield [`attacker gives up ${one.id} at ${n}`, { ...world, vault: commit(vault, n, giveUp, strict).world }];
      }
    }
    if (rollbacks > 0 && vault.snapshot === null) {
      // Of several sites, a copy that is older than their newest seals; of one machine, any copy.
      yield ['the store is copied', { ...world, vault: { ...vault, snapshot: vault.store } }];
    }
    if (vault.snapshot !== null && vault.rollbacks < rollbacks) {
      const sealed = strict ? vault : checkpoint(vault);
      const back = { ...sealed, store: vault.snapshot, rollbacks: vault.rollbacks + 1 };
      yield ['the copy is put back', { ...world, vault: back }];
    }
    if (vault.days < days) yield ['a day passes', { ...world, vault: passDay(vault) }];
  }

  function told(world: Attack, id: number): Attack {
    if (world.honest?.id === id) return { ...world, honest: { ...world.honest, told: true } };
    return { ...world, attackers: world.attackers.map((one) => (one.id === id ? { ...one, told: true } : one)) };
  }

  function check({ vault, honest, attackers }: Attack): void {
    if (vault.evaluated.length > vault.charges) throw new Error('more was evaluated than charged');
    if (vault.successes === 0 && vault.charges > limit) throw new Error('more was charged than the limit');
    if (vault.chargedAfterEnd) throw new Error('charged after the end');
    if (attackers.length === 0 && days === 0 && vault.destroyed) throw new Error('a right password lost its record');
    const { state } = vault.store;
    if (state.destroyed !== null && (state.lock !== null || state.logins.length > 0))
      throw new Error('a nonce is left');
    if (state.consecutive > limit) throw new Error('the count is above the limit');
    // Whatever was lost on the way: as long as nobody else interferes, repeating opens.
    if (honest !== null && attackers.length === 0 && days === 0 && rollbacks === 0)
      mustOpen({ vault, honest, attackers });
  }

  function mustOpen(world: Attack): void {
    let { vault } = world;
    const id = world.honest?.id ?? RIGHT;
    vault = crash(vault, 0);
    for (let at: World | null = start(vault, 0, id, strict); at !== null; at = workOn(at, 0, strict)) vault = at;
    const finish = { type: 'loginFinish', loginId: byte(id), right: true, sealed: byte(1) } as const;
    if (commit(vault, 0, finish, strict).refusal !== null) throw new Error('repeating does not open any more');
  }

  return explore(first, moves, check, steps, until);
}

interface ChangeWorld {
  vault: World;
  /** What the client knows to be done. */
  done: 'nothing' | 'started' | 'staged' | 'asked' | 'proven' | 'exposed';
  proven: boolean;
  /** Charges until the new password was live; null while the old one is. */
  oldCharges: number | null;
}

const ORDER = ['nothing', 'started', 'staged', 'asked', 'proven', 'exposed'] as const;
const REGISTRATION = byte(50);

/** A change of password whose every answer can get lost, beside logins with the old one. */
export function exploreChange(options: { nodes: number; steps: number; until?: number }): Report {
  const first: ChangeWorld = { vault: newWorld(options.nodes, 3), done: 'nothing', proven: false, oldCharges: null };

  function eventAfter(done: ChangeWorld['done']) {
    const registrationId = REGISTRATION;
    switch (done) {
      case 'nothing':
        return {
          type: 'regStart',
          registrationId,
          version: 2,
          nonce: byte(NEW_NONCE),
          blindedHash: byte(3),
          byOwner: true,
        } as const;
      case 'started':
        return {
          type: 'regStage',
          registrationId,
          opaqueRecord: byte(4),
          blob: byte(5),
          ksf: { memoryKiB: 1, iterations: 1, parallelism: 1 },
          maxAttempts: 3,
          ownerPublicKey: byte(9),
        } as const;
      case 'staged':
        return { type: 'regProve', registrationId, ke1Hash: byte(6) } as const;
      case 'asked':
        return { type: 'regProveFinish', registrationId, right: true, sealed: byte(8) } as const;
      default:
        return { type: 'regExpose', registrationId } as const;
    }
  }

  function* moves(world: ChangeWorld): Generator<[string, ChangeWorld]> {
    for (const [name, after] of steps(world)) {
      const live = valueOf(after.vault.store.state.lock?.nonce) === NEW_NONCE;
      yield [name, live && after.oldCharges === null ? { ...after, oldCharges: after.vault.charges } : after];
    }
  }

  function* steps(world: ChangeWorld): Generator<[string, ChangeWorld]> {
    const { vault, done } = world;
    for (const n of vault.nodes.keys()) {
      // Every step that was taken, and the next, in any order and as often as one likes.
      const reached = ORDER.indexOf(done);
      for (const [i, from] of ORDER.slice(0, -1).entries()) {
        if (i > reached + 1) break;
        const event = eventAfter(from);
        let { world: after, refusal } = commit(vault, n, event, true);
        if (event.type === 'regProve' && refusal === null) {
          yield [`regProve at ${n}, which crashes`, { ...world, vault: after }];
          const answer = { ke2: byte(7), clientMac: byte(7), sessionKey: byte(7) };
          after = commit(
            after,
            n,
            { type: 'regAnswered', registrationId: REGISTRATION, ke1Hash: byte(6), answer },
            true,
          ).world;
        }
        const proven = world.proven || (event.type === 'regProveFinish' && refusal === null);
        yield [`${event.type} at ${n}, no answer`, { ...world, vault: after, proven }];
        const next = ORDER[i + 1];
        if (refusal === null && next !== undefined && i >= reached) {
          yield [`${event.type} at ${n}`, { ...world, vault: after, proven, done: next }];
        }
      }
      if (vault.charges < 2) {
        const started = start(vault, n, WRONG + vault.charges, true);
        if (started !== null) yield [`login at ${n}`, { ...world, vault: started }];
      }
      const worked = workOn(vault, n, true);
      if (worked !== null) yield [`node ${n} works`, { ...world, vault: worked }];
    }
  }

  function check({ vault, done, proven, oldCharges }: ChangeWorld): void {
    const { lock, version, logins } = vault.store.state;
    const nonce = valueOf(lock?.nonce);
    if (nonce !== OLD_NONCE && nonce !== NEW_NONCE) throw new Error('no password opens');
    if (nonce === NEW_NONCE && !proven) throw new Error('a new password that was never proven is live');
    if (done === 'exposed' && nonce !== NEW_NONCE) throw new Error('what was answered as exposed is not');
    if ((nonce === NEW_NONCE) !== (version === 2)) throw new Error('the version does not tell the password');
    if (oldCharges !== null && logins.some((one) => one.charge <= oldCharges)) {
      throw new Error('a login of the old password is left');
    }
    if (vault.evaluated.length > vault.charges) throw new Error('more was evaluated than charged');
  }

  return explore(first, moves, check, options.steps, options.until);
}
