"""Process 2, the listener: follows the growing recording with Vosk."""
