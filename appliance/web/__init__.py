"""Process 3, the officers' desk: queue, message, status, sign-in."""
