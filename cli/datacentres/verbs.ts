/** What can be asked of several datacentres at once: verbs that say what was asked, so that it can be planned in each. */
export const SEVERAL_VERBS = "pin, unpin, config set, pace <service> <pace>, route set|shift|clear, failover, failback, rollback and restart";
