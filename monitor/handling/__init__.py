"""What people and time do to items: each act one transaction over the store and the pure rules."""
