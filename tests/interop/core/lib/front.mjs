// A front before the server: an HTTP proxy that can answer single requests itself, look at them, and change answers.

import http from "node:http";

/**
 * Opens a front before `base`. `handle(request, respond)` may answer a request with `respond(status, headers, body)` and return true;
 * what it changes in `request.headers` is what the server gets; `answer(request, headers)` may change the headers of an answer. `requests` lists
 * what came, as it came: method, url and headers, and with them the status that it was answered.
 */
export async function front(base, { handle = () => false, answer = (_, headers) => headers } = {}) {
  const requests = [];
  const target = new URL(base);
  const server = http.createServer((request, response) => {
    const entry = { method: request.method, url: request.url, headers: { ...request.headers } };
    requests.push(entry);
    const respond = (status, headers = {}, body = "") => {
      entry.status = status;
      response.writeHead(status, { "Content-Length": Buffer.byteLength(body), ...headers }).end(body);
    };
    if (handle(request, respond)) {
      request.resume();
      return;
    }
    const onward = http.request({ hostname: target.hostname, port: target.port, method: request.method, path: request.url, headers: request.headers, agent: false });
    onward.on("response", (got) => {
      entry.status = got.statusCode;
      response.writeHead(got.statusCode, answer(request, { ...got.headers }));
      got.pipe(response);
    });
    onward.on("error", () => response.destroy());
    response.on("close", () => onward.destroy());
    request.pipe(onward);
  });
  server.on("upgrade", (request, socket, head) => {
    const entry = { method: "UPGRADE", url: request.url, headers: { ...request.headers } };
    requests.push(entry);
    const onward = http.request({ hostname: target.hostname, port: target.port, path: request.url, headers: request.headers, agent: false });
    onward.on("upgrade", (got, other) => {
      entry.status = got.statusCode;
      const lines = Object.entries(got.headers).map(([name, value]) => `${name}: ${value}\r\n`);
      socket.write(`HTTP/1.1 101 Switching Protocols\r\n${lines.join("")}\r\n`);
      other.on("error", () => socket.destroy());
      socket.on("error", () => other.destroy());
      if (head.length) other.write(head);
      other.pipe(socket).pipe(other);
    });
    onward.on("response", (got) => {
      entry.status = got.statusCode;
      socket.destroy();
    });
    onward.on("error", () => socket.destroy());
    onward.end();
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    requests,
    close: () => new Promise((resolve) => {
      server.close(resolve);
      server.closeAllConnections();
    }),
  };
}
