"""The public endpoint for tracked mail, deployable by itself. Empty until tracked mail is offered."""
