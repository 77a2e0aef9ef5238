incq	144(%rdi)
retq
