"""What counts as a model: checked wrappers, adapters to other libraries, known error sets."""
