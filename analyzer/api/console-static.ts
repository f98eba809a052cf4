// The console's built files: the page at `/`, its scripts and styles under /console/, and what to do when they were not built.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import express, { type Response, Router } from 'express';

/** Where the build puts them. */
export const CONSOLE_FOLDER = join(import.meta.dirname, '..', 'console', 'dist');
/** No inline script or style, nothing from elsewhere, no frame around it. */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "font-src 'self'",
  "connect-src 'self'",
  "manifest-src 'self'",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
].join('; ');

/** @param folder of the built files; what is missing there is said on the page. */
export function createConsoleRoutes(folder = CONSOLE_FOLDER): Router {
  const router = Router();
  router.get('/', (_request, response) => {
    protect(response);
    const page = join(folder, 'index.html');
    if (existsSync(page)) response.sendFile(page, { cacheControl: false });
    else response.status(503).type('html').send(notBuilt());
  });
  // The names hold a hash of the content: another content has another address.
  const assets = express.static(join(folder, 'console'), {
    index: false,
    redirect: false,
    immutable: true,
    maxAge: '365d',
  });
  return router.use('/console', assets);
}

function protect(response: Response): void {
  response.set({
    'Content-Security-Policy': CONTENT_SECURITY_POLICY,
    'Cache-Control': 'no-cache',
  });
}

function notBuilt(): string {
  const links = [
    ['/api/v1/findings', 'Findings'],
    ['/api/v1/forecasts', 'Forecasts'],
    ['/api/v1/anomalies', 'Anomalies'],
    ['/api/v1/status', 'Status'],
    ['/metrics', 'Metrics'],
  ].map(([href, text]) => `<li><a href="${href}">${text}</a></li>`);
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Latency Guard</title></head>
<body><h1>Latency Guard analyzer</h1>
<p>The console is not built, so that there is no page to show here. Everything else works.</p>
<p>Build it once with <code>npm run console:build</code> and load this page again; <code>npm start</code> and the container image do it by themselves.</p>
<ul>${links.join('')}</ul></body></html>\n`;
}
