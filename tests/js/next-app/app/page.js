export default function Page() {
  return <h1>Open to everybody</h1>;
}
