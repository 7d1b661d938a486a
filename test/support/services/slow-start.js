// Listens after START_MS, else 1 s.
setTimeout(() => void import("./good.js"), Number(process.env.START_MS ?? 1_000));
