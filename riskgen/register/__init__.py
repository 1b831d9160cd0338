"""Floor 2: visits, approvals, events and the audit chain. The only room that knows the database."""
