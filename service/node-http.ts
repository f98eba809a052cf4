// Node's own http, asked for by name: an import evaluates every export of the module, and for three of them (WebSocket and its
// events) Node.js loads its fetch and HTTP/2, 12 MB of memory that are never given back. Types come from 'node:http' as ever.
export const { createServer, request, validateHeaderName, validateHeaderValue } =
  process.getBuiltinModule('node:http');
