// prom-client's counter, gauge and registry without the rest: its index also loads cluster and https, a megabyte no scrape needs.
import Counter from 'prom-client/lib/counter.js';
import Gauge from 'prom-client/lib/gauge.js';
import Registry from 'prom-client/lib/registry.js';

export { Counter, Gauge, Registry };
