/** Loaded lazily by what renders. Named here, because a bundle that imports a CommonJS package on demand gets no names from it. */
export { Liquid } from "liquidjs";
