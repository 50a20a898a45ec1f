"""The actions and rules of OpenV Studio; nothing here knows the interface."""
