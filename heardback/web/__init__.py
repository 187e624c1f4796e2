"""The page a person keeps open: the same lists and deeds as the commands, in a browser on this machine."""
