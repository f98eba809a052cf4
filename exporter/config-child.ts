// Reads and checks one configuration file, prints the outcome as bytes and ends; config-reader.ts runs it.
import { serialize } from 'node:v8';
import { ConfigError, loadConfig } from '../service/config.ts';
import { configSchema } from './config.ts';
import type { ConfigOutcome } from './config-reader.ts';

const [file] = process.argv.slice(2);
process.stdout.write(serialize(read()));

function read(): ConfigOutcome {
  try {
    return { config: loadConfig(configSchema, file) };
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return { problems: error.problems };
  }
}
