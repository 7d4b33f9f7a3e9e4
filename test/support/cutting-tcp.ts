/** A relay before a server of this computer, for protocols that nobody can look into: cuts, silences, delays. */
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

export class CuttingTcp {
  /** Bytes passed so far. */
  sent = 0;
  received = 0;
  /** Connections so far. */
  connections = 0;
  /** How long each piece is on its way, in ms, in each direction. */
  delayMs = 0;
  readonly #port: number;
  readonly #server: Server;
  readonly #pairs = new Set<[Socket, Socket]>();
  /** What happens to what the server says: passed, dropped in silence, or the end of the connection. */
  #answers: 'pass' | 'drop' | 'cut' = 'pass';

  private constructor(port: number) {
    this.#port = port;
    this.#server = createServer((client) => this.#relay(client));
  }

  static async before(port: number): Promise<CuttingTcp> {
    const relay = new CuttingTcp(port);
    await new Promise<void>((resolve) => relay.#server.listen(0, '127.0.0.1', resolve));
    return relay;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** Ends every connection now. */
  cut(): void {
    for (const [client, server] of this.#pairs) {
      client.destroy();
      server.destroy();
    }
  }

  /** What was sent still arrives; the first thing that the server says to it ends the connection. */
  loseAnswer(): void {
    this.#answers = 'cut';
  }

  /** The connections that are open fall silent: what the server says is not passed on any more. */
  silence(): void {
    this.#answers = 'drop';
  }

  async stop(): Promise<void> {
    this.cut();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  #relay(client: Socket): void {
    this.connections += 1;
    // A new connection is a good one.
    this.#answers = 'pass';
    const server = connect({ port: this.#port, host: '127.0.0.1', noDelay: true });
    client.setNoDelay(true);
    const pair: [Socket, Socket] = [client, server];
    this.#pairs.add(pair);
    const end = (): void => {
      this.#pairs.delete(pair);
      client.destroy();
      server.destroy();
    };
    for (const side of pair) side.on('error', end).on('close', end);
    client.on('data', (bytes) => {
      this.sent += bytes.length;
      this.#later(() => server.write(bytes));
    });
    server.on('data', (bytes) => {
      if (this.#answers === 'cut') return end();
      if (this.#answers === 'drop') return;
      this.received += bytes.length;
      this.#later(() => client.write(bytes));
    });
  }

  #later(pass: () => void): void {
    if (this.delayMs === 0) pass();
    else setTimeout(pass, this.delayMs);
  }
}
