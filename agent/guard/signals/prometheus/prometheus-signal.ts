import type { PrometheusErrors, PrometheusLatency, PrometheusSignal, PrometheusThreshold } from "../../../../core/config/signals/prometheus.ts";
import type { Signal, SignalDeps } from "../../signal.ts";
import type { Prometheus } from "./ask-prometheus.ts";
import { openErrorsSignal, openLatencySignal } from "./comparing-signal.ts";
import { openThresholdSignal } from "./threshold-signal.ts";

/** `prometheus` is the guard's, and stays open. */
export function openPrometheusSignal(settings: PrometheusSignal, prometheus: Prometheus, deps: SignalDeps): Signal {
  if (isThreshold(settings)) return openThresholdSignal(settings, prometheus, deps);
  return isErrors(settings) ? openErrorsSignal(settings, prometheus, deps) : openLatencySignal(settings, prometheus, deps);
}

function isThreshold(settings: PrometheusSignal): settings is PrometheusThreshold {
  return typeof settings.prometheus === "string";
}

function isErrors(settings: PrometheusErrors | PrometheusLatency): settings is PrometheusErrors {
  return "errors" in settings.prometheus;
}
