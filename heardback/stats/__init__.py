"""What the numbers say: from the ledger to rates, waits and plots. Nothing here decides anything."""
