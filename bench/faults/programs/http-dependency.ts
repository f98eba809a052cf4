// A dependency over HTTP that answers as slowly as the last line on stdin says, in milliseconds. Prints its port; ends with stdin.
import { createServer } from 'node:http';
import { createInterface } from 'node:readline';

const MAX_DELAY_MS = 60_000;

process.title = 'dependency';
let delayMs = 5;
const server = createServer((_request, response) => {
  setTimeout(() => response.end('ok\n'), delayMs);
});
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  process.stdout.write(`${address !== null && typeof address === 'object' ? address.port : ''}\n`);
});
createInterface({ input: process.stdin })
  .on('line', (line) => {
    delayMs = Math.min(MAX_DELAY_MS, Math.max(0, Number(line) || 0));
  })
  .on('close', () => process.exit(0));
