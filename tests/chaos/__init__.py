"""The whole desk under bad luck, and its speed measured from outside."""
