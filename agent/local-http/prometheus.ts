/** Loaded lazily at the first scrape. Named here, because a bundle that imports a CommonJS package on demand gets no names from it. */
export { Counter, Gauge, Histogram, Registry } from "prom-client";
