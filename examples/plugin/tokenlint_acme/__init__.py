"""An example of a tokenlint plug-in."""
