incq	32(%rdi)
retq
