"""Where a reminder shows up beside the mail to oneself: one small file each."""
