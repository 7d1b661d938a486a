/** Of connections that nobody reads. A peer that vanished is noticed within some minutes, though nothing is sent: by Linux's own probes. */
export const UNREAD_SOCKET = { allowHalfOpen: true, noDelay: true, keepAlive: true, keepAliveInitialDelay: 60_000 } as const;
