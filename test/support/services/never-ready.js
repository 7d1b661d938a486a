// Lives, and never listens.
console.log("waiting for a database that never comes");
setInterval(() => undefined, 1_000);
