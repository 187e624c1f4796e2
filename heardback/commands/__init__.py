"""What each command does: a function named as the command, imported only when it is called."""
