/** The etcd store over TLS with client certificates, and with a user and a password. */
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { Etcd3 } from 'etcd3';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openEtcdStore } from '../../../vault/store/etcd.ts';
import type { EtcdOptions } from '../../../vault/store/etcd.ts';
import { EtcdCluster } from '../../support/vault/etcd-cluster.ts';
import { change } from '../../support/vault/store-conformance.ts';

const openssl = promisify(execFile);

let folder: string;
let cluster: EtcdCluster;
let tls: { ca: Buffer; key: Buffer; certificate: Buffer };
let options: EtcdOptions;
const at = (name: string): string => path.join(folder, name);

/** A key and a self-signed certificate for 127.0.0.1 that is its own authority. */
async function certificate(name: string): Promise<void> {
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', at(`${name}.key`)];
  const names = ['-subj', `/CN=${name}`, '-addext', 'subjectAltName=IP:127.0.0.1'];
  await openssl('openssl', ['req', '-x509', ...key, '-out', at(`${name}.crt`), '-days', '2', ...names]);
}

beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'holdfast-etcd-tls-'));
  await Promise.all([certificate('vault'), certificate('stranger')]);
  const files = { ca: at('vault.crt'), certificate: at('vault.crt'), key: at('vault.key') };
  cluster = await EtcdCluster.start(1, files);
  tls = {
    ca: await readFile(files.ca),
    key: await readFile(files.key),
    certificate: await readFile(files.certificate),
  };
  options = { endpoints: cluster.endpoints, prefix: 'holdfast/', tls };
});
afterAll(async () => {
  await cluster?.dispose();
  await rm(folder, { recursive: true });
});

it('answers a client with the right certificate, and no other', async () => {
  const store = await openEtcdStore(options);
  const result = await store.commit(change({ puts: [{ key: 'a', value: Buffer.from('1') }] }));
  expect(result.outcome).toBe('done');
  await store.compact();
  await store.close();
  const ca = await readFile(at('stranger.crt'));
  const key = await readFile(at('stranger.key'));
  const wrong = [{ tls: { ...tls, ca } }, { tls: { ca: tls.ca, key, certificate: ca } }, { tls: { ca: tls.ca } }];
  await Promise.all(
    wrong.map((part) => expect(openEtcdStore({ ...options, ...part })).rejects.toMatchObject({ code: 'no-quorum' })),
  );
});

it('logs in with user and password where etcd asks for them', async () => {
  const credentials = { rootCertificate: tls.ca, privateKey: tls.key, certChain: tls.certificate };
  const admin = new Etcd3({ hosts: cluster.endpoints, credentials });
  await admin.role('root').create();
  const root = await admin.user('root').create('secret');
  await root.addRole('root');
  await admin.auth.authEnable();
  admin.close();
  const store = await openEtcdStore({ ...options, auth: { username: 'root', password: 'secret' } });
  expect((await store.commit(change({ puts: [{ key: 'b', value: Buffer.from('2') }] }))).outcome).toBe('done');
  expect(Buffer.from((await store.get('b'))!.value).toString()).toBe('2');
  await store.close();
  await expect(openEtcdStore({ ...options, auth: { username: 'root', password: 'wrong' } })).rejects.toMatchObject({
    name: 'StoreError',
  });
});
