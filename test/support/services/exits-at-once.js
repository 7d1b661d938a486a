// Control characters in what it prints must not reach a terminal.
console.error("\u001b[31mcannot read settings\u001b[0m\u0007");
process.exit(7);
