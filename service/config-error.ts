// What is wrong with a configuration. Apart from config.ts, which needs zod and a YAML parser to find out.

/** Everything that is wrong with one configuration, one line per problem. */
export class ConfigError extends Error {
  readonly problems: readonly string[];
  constructor(problems: readonly string[]) {
    super(problems.join('\n'));
    this.name = 'ConfigError';
    this.problems = problems;
  }
}
