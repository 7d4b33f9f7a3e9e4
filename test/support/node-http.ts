/** The network of electron-updater on plain Node: everything else of it is the real thing. */
import http from 'node:http';
import https from 'node:https';
import { HttpExecutor } from 'builder-util-runtime';
import type { ElectronHttpExecutor } from 'electron-updater/out/electronHttpExecutor.js';

class NodeHttp extends HttpExecutor<http.ClientRequest> {
  createRequest(options: http.RequestOptions, callback: (response: http.IncomingMessage) => void): http.ClientRequest {
    const request = options.protocol === 'http:' ? http.request(options) : https.request(options);
    request.on('response', callback);
    return request;
  }

  /** As Electron's, which is the one that has this call. */
  async download(
    url: URL,
    destination: string,
    options: Parameters<ElectronHttpExecutor['download']>[2],
  ): Promise<string> {
    const { protocol, hostname, port, pathname } = url;
    return await options.cancellationToken.createPromise<string>((resolve, reject, onCancel) => {
      this.doDownload(
        { protocol, hostname, port, path: pathname, headers: { ...options.headers } as http.OutgoingHttpHeaders },
        {
          destination,
          options,
          onCancel,
          callback: (error) => (error === null || error === undefined ? resolve(destination) : reject(error)),
          responseHandler: null,
        },
        0,
      );
    });
  }
}

export function nodeHttp(): ElectronHttpExecutor {
  return new NodeHttp() as unknown as ElectronHttpExecutor;
}
