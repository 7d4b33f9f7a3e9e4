/** What the SSH server of `remote-places.ts` runs as its file transfer: passes all to the loopback port that it is given. */
'use strict';
const { connect } = require('node:net');

const socket = connect({ port: Number(process.argv[2]), host: '127.0.0.1', noDelay: true });
socket.on('error', () => process.exit(1));
socket.on('close', () => process.exit(0));
process.stdin.on('error', () => process.exit(1));
process.stdin.pipe(socket).pipe(process.stdout);
