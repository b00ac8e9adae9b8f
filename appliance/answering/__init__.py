"""Process 1, the phone: owns the modem and the call audio, decides what happens in a call."""
