// Names and images of containers from the API of Docker or Podman, on a unix socket.
// containerd and cri-o speak gRPC only (CRI), for which there is no client here: in Kubernetes the kubelet tells the same.
// Sources: https://docs.docker.com/reference/api/engine/ (GET /containers/json), https://docs.podman.io/en/latest/_static/api.html
import { getBounded } from './bounded-get.ts';
import { NoDataError } from './no-data.ts';

const MAX_BYTES = 16 * 1024 * 1024;
const MAX_CONTAINERS = 5_000;
const MAX_NAMES = 8;
const MAX_TEXT_LENGTH = 256;

export interface Container {
  /** 64 hexadecimal digits. */
  readonly id: string;
  /** Without the slash that Docker writes before them. */
  readonly names: readonly string[];
  readonly image: string;
}

/** What is read of an entry of the answer. */
interface Entry {
  readonly Id: string;
  readonly Names?: readonly string[] | null;
  readonly Image?: string | null;
}

export interface ContainerRuntimeOptions {
  readonly socketPath: string;
  readonly timeoutMs: number;
}

/**
 * The running containers. Labels, commands and environment of containers are in the answer and are dropped here.
 * @throws {NoDataError} `not_found`, `permission_denied`, `timeout`, `bad_answer` or `failed`, with what was tried.
 */
export async function listContainers(options: ContainerRuntimeOptions): Promise<Container[]> {
  const { socketPath, timeoutMs } = options;
  const tried = `GET /containers/json on ${socketPath}`;
  let status: number;
  let text: string;
  try {
    const path = '/containers/json';
    const request = { socketPath, path, headers: { host: 'localhost' } };
    ({ status, text } = await getBounded({ request, timeoutMs, maxBytes: MAX_BYTES }));
  } catch (error) {
    throw toNoData(tried, error as NodeJS.ErrnoException);
  }
  if (status !== 200) throw new NoDataError('failed', `${tried} answered ${status}`);
  return parseContainers(text, tried);
}

/** The text of the answer. @throws {NoDataError} `bad_answer`. */
export function parseContainers(text: string, tried: string): Container[] {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw new NoDataError('bad_answer', `${tried} answered what is not JSON`);
  }
  if (!Array.isArray(json) || !json.every(isEntry)) {
    throw new NoDataError('bad_answer', `${tried} answered no list of containers`);
  }
  return json.slice(0, MAX_CONTAINERS).map(({ Id, Names, Image }) => ({
    id: Id,
    names: (Names ?? []).slice(0, MAX_NAMES).map((name) => cut(name.replace(/^\//, ''))),
    image: cut(Image ?? ''),
  }));
}

/** By hand, as zod would take 6 MB of every exporter beside a Docker. */
function isEntry(value: unknown): value is Entry {
  const { Id, Names = null, Image = null } = (value ?? {}) as Record<string, unknown>;
  return (
    isText(Id) &&
    /^[0-9a-f]{64}$/.test(Id) &&
    (Names === null || (Array.isArray(Names) && Names.every(isText))) &&
    (Image === null || isText(Image))
  );
}

function isText(value: unknown): value is string {
  return typeof value === 'string';
}

function cut(text: string): string {
  return text.slice(0, MAX_TEXT_LENGTH).toWellFormed();
}

function toNoData(tried: string, error: NodeJS.ErrnoException): NoDataError {
  const { code, name, message } = error;
  if (code === 'ENOENT' || code === 'ECONNREFUSED') {
    return new NoDataError('not_found', `${tried}: ${code}: nobody listens there`);
  }
  if (code === 'EACCES' || code === 'EPERM') {
    return new NoDataError(
      'permission_denied',
      `${tried}: ${code}: the exporter's user must be in the group of the socket`,
    );
  }
  return new NoDataError(name === 'TimeoutError' ? 'timeout' : 'failed', `${tried}: ${message}`);
}
