"""The routes of the Tinker wire, a file a subject. A handler checks, hands over to the service, and answers."""
