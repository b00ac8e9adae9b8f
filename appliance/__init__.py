"""The hotline appliance: answers, records and transcribes the calls nobody picked up."""

__version__ = "0.1.0"
