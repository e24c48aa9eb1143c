"""Everything that touches the world; built in app.py only."""
