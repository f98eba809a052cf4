// Where one case plays: its folder, its programs and its clean-ups, all of which end with it, last in, first out.
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { type CgroupLimits, createCgroup } from './cgroup.ts';
import { compile, launch, type Program, type ProgramOptions } from './program.ts';
import type { Scene } from './scene.ts';

/** Programs end by themselves so much later than the case should have ended them. */
const SPARE_SECONDS = 30;

export interface StageOptions {
  readonly name: string;
  /** Of the whole run; compiled programs are kept there for other cases. */
  readonly runFolder: string;
  /** Names of cgroups begin with it, so that they are found after a crash. */
  readonly runId: string;
  /** For which programs are bound to run. */
  readonly seconds: number;
  readonly scenes?: ReadonlyMap<Scene<unknown>, unknown>;
}

export type OwnProgramOptions = Omit<ProgramOptions, 'command'> & {
  /** Process name, and so the process group. */
  readonly name?: string;
  /** Put before the command, as `nice -n 19` is. */
  readonly before?: readonly string[];
};

export class Stage {
  /** On disk, removed at the end. */
  readonly folder: string;
  /** Seconds after which every program has to end by itself. */
  readonly boundSeconds: number;
  readonly #options: StageOptions;
  readonly #cleanUps: (() => Promise<void> | void)[] = [];
  readonly #programs: Program[] = [];
  #procsFiles: readonly string[] | undefined;

  constructor(options: StageOptions) {
    this.#options = options;
    this.boundSeconds = Math.ceil(options.seconds) + SPARE_SECONDS;
    this.folder = join(options.runFolder, options.name);
    mkdirSync(this.folder, { recursive: true });
    this.onEnd(() => rmSync(this.folder, { recursive: true, force: true }));
  }

  /** Starts any program. One that cannot run is told of by `problem`. */
  run(options: ProgramOptions): Program {
    const program = launch({ cwd: this.folder, ...options });
    this.#programs.push(program);
    this.onEnd(() => program.stop());
    return program;
  }

  /** Starts programs/<source>.c; its first argument, the bound in seconds, is added. */
  runOwn(source: string, args: readonly (string | number)[], options: OwnProgramOptions = {}) {
    const { name, before = [], ...rest } = options;
    const own = compile(this.#options.runFolder, source, name);
    const [command, ...all] = [...before, own, this.boundSeconds, ...args].map(String);
    return this.run({ command: command!, args: all, ...rest });
  }

  /** The stage's cgroup, made with these limits when first asked for, removed with the stage. */
  limit(limits: CgroupLimits): readonly string[] {
    this.#procsFiles ??= this.#limit(limits);
    return this.#procsFiles;
  }

  #limit(limits: CgroupLimits): readonly string[] {
    const cgroup = createCgroup(`${this.#options.runId}-${this.#options.name}`, limits);
    this.onEnd(() => cgroup.remove());
    return cgroup.procsFiles;
  }

  /** How a program failed that should have made load: then what the rig says proves nothing. */
  problem(): string | undefined {
    return this.#programs.map((program) => program.problem()).find((each) => each !== undefined);
  }

  /** The controls of a scene that was set before the exporter started. */
  controls<T>(scene: Scene<T>): T {
    const found = this.#options.scenes?.get(scene);
    if (found === undefined) throw new Error(`the scene ${scene.name} was not set`);
    return found as T;
  }

  onEnd(cleanUp: () => Promise<void> | void): void {
    this.#cleanUps.push(cleanUp);
  }

  /** Ends everything that is on the stage; a clean-up that fails does not keep the others from running. */
  async end(): Promise<void> {
    const failures: unknown[] = [];
    for (let next = this.#cleanUps.pop(); next !== undefined; next = this.#cleanUps.pop()) {
      try {
        await next();
      } catch (error) {
        failures.push(error);
      }
    }
    if (failures.length > 0) throw new AggregateError(failures, `cannot tidy up: ${failures}`);
  }
}
