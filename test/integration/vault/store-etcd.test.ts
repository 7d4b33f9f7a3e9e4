/** The etcd store: the conformance suite over one member and three. */
import { EtcdCluster } from '../../support/vault/etcd-cluster.ts';
import { describeStore } from '../../support/vault/store-conformance.ts';
import { openEtcdStore } from '../../../vault/store/etcd.ts';

for (const size of [1, 3] as const) {
  describeStore(
    `etcd with ${size} member${size === 1 ? '' : 's'}`,
    async () => {
      const cluster = await EtcdCluster.start(size);
      const options = { endpoints: cluster.endpoints, prefix: 'holdfast/' };
      const store = await openEtcdStore(options);
      const other = await openEtcdStore(options);
      return {
        store,
        other,
        dispose: async () => {
          await Promise.all([store.close(), other.close()]);
          await cluster.dispose();
        },
      };
    },
    size === 1 ? 30 : 15,
  );
}
