"""The outside: Gmail and Outlook, their OAuth, the token vault, and composing mail. Provider words end here."""
